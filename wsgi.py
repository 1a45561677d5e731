"""For gunicorn and other WSGI servers: `gunicorn --workers 4 wsgi:app`."""

from ledvei_pwa import create_app

app = create_app()
